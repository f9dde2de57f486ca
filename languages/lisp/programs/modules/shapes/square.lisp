(defun square (side) (* side side))

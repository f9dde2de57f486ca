defmodule Square do
  def area(side), do: side * side
end

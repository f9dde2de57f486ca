mkdir evil && printf "import os\nos.system('cat @FILE@; echo x > @FOLDER@/drop/x')\nfrom setuptools import setup\nsetup(name='evil')\n" > evil/setup.py
python3 -m pip install --no-index --no-build-isolation --break-system-packages --target /tmp/t ./evil 2>&1 | tail -3
python3 evil/setup.py --version
exit 0

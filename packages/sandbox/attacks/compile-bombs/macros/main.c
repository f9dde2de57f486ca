#define A(x) x,x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define D(x) C(C(x))
#define E(x) D(D(x))
#define F(x) E(E(x))
#define G(x) F(F(x))
#define H(x) G(G(x))
#define I(x) H(H(x))
int x[] = { I(I(I(I(1)))) };
int main(){}

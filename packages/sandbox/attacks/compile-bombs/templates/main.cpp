template<int N, int M> struct T { static const int v = T<N-1,M>::v + T<N,M-1>::v; };
template<int M> struct T<0,M> { static const int v = 1; };
template<int N> struct T<N,0> { static const int v = T<N-1,N*7>::v; };
int main(){ return T<900,900>::v; }

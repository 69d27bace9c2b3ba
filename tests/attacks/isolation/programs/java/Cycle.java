// attack: endless types | expect: contained | alone
interface N<Z> {}
interface L<X> extends N<N<? super C<? super C<X>>>> {}
interface C<P> extends N<N<? super C<C<P>>>> {}

class Solution {
    N<? super C<Byte>> cast(C<Byte> c) { return c; }

    public int twice(int n) {
        return 2 * n;
    }
}

// attack: template blow-up | expect: contained | alone
#include <vector>
template <int Depth, int Side> struct Tree {
    typedef Tree<Depth - 1, 2 * Side> Left;
    typedef Tree<Depth - 1, 2 * Side + 1> Right;
    static const long value = Left::value + Right::value;
};
template <int Side> struct Tree<0, Side> { static const long value = 1; };
int twice(std::vector<int> v) { return Tree<29, 0>::value; }

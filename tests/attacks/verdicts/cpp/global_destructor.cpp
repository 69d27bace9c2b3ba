// exit handler: a global object's destructor ends the program with status 0
// problem twice, expects wrong_answer
#include <cstdlib>
struct Last { ~Last() { std::_Exit(0); } } last;
int twice(int n) { return 0; }

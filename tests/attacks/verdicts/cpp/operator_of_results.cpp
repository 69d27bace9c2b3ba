// operators: an operator for the results of calls only, which fits better than the library's
// problem double_all, expects compile_error
#include <vector>
using namespace std;
bool operator==(vector<int> &&a, vector<int> &&b) { return true; }
vector<int> double_all(vector<int> items) { return items; }

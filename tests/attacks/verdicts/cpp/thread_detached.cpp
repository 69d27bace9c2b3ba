// thread: a detached thread that ends the process while the tests run
// problem twice, expects runtime_error
#include <chrono>
#include <cstdlib>
#include <thread>
int twice(int n) {
  std::thread([] { std::_Exit(0); }).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return 0;
}

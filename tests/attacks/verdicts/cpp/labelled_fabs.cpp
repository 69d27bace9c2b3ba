// library replaced: gives fabs the label of another function
// problem library, expects wrong_answer
extern "C" double none(double) noexcept { return 0; }
extern "C" double fabs(double) noexcept __asm__("none");
double half(int) { return 0; }

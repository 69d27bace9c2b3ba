/* Library functions that tests call, under names that an answer cannot use. The harness's main, which
   defines CODEM_DEFINED, implements them by the library's functions: functions of the answer with
   these names are local to its object file. */
#ifdef __cplusplus
extern "C" {
#endif
#ifdef CODEM_DEFINED
#define CODEM_FORWARD(type, name, taken, given) \
  extern type name taken;                       \
  type CODEM_NAME(name##_) taken { return name given; }
#else
#define CODEM_FORWARD(type, name, taken, given) extern type CODEM_NAME(name##_) taken;
#endif
#define CODEM_OF_ONE(name) CODEM_FORWARD(double, name, (double x), (x))
#define CODEM_OF_TWO(name) CODEM_FORWARD(double, name, (double x, double y), (x, y))
#define CODEM_OF_LETTER(name) CODEM_FORWARD(int, name, (int x), (x))
CODEM_OF_ONE(round)
CODEM_OF_ONE(floor)
CODEM_OF_ONE(ceil)
CODEM_OF_ONE(trunc)
CODEM_OF_ONE(sqrt)
CODEM_OF_ONE(cbrt)
CODEM_OF_ONE(exp)
CODEM_OF_ONE(log)
CODEM_OF_ONE(log2)
CODEM_OF_ONE(log10)
CODEM_OF_ONE(sin)
CODEM_OF_ONE(cos)
CODEM_OF_ONE(tan)
CODEM_OF_ONE(atan)
CODEM_OF_TWO(pow)
CODEM_OF_TWO(fmod)
CODEM_OF_TWO(hypot)
CODEM_OF_TWO(fmin)
CODEM_OF_TWO(fmax)
CODEM_OF_TWO(atan2)
#ifndef __cplusplus
CODEM_FORWARD(long, lround, (double x), (x))
CODEM_FORWARD(long long, llround, (double x), (x))
CODEM_FORWARD(long, labs, (long x), (x))
CODEM_FORWARD(long long, llabs, (long long x), (x))
CODEM_FORWARD(int, atoi, (const char *a), (a))
CODEM_FORWARD(double, atof, (const char *a), (a))
CODEM_FORWARD(long, strtol, (const char *a, char **b, int c), (a, b, c))
CODEM_FORWARD(double, strtod, (const char *a, char **b), (a, b))
CODEM_FORWARD(void, qsort, (void *a, __SIZE_TYPE__ b, __SIZE_TYPE__ c,
                            int (*d)(const void *, const void *)), (a, b, c, d))
CODEM_FORWARD(char *, strchr, (const char *a, int b), (a, b))
CODEM_FORWARD(char *, strrchr, (const char *a, int b), (a, b))
CODEM_FORWARD(char *, strstr, (const char *a, const char *b), (a, b))
CODEM_FORWARD(char *, strcpy, (char *a, const char *b), (a, b))
CODEM_FORWARD(char *, strncpy, (char *a, const char *b, __SIZE_TYPE__ c), (a, b, c))
CODEM_FORWARD(char *, strcat, (char *a, const char *b), (a, b))
CODEM_FORWARD(int, strcasecmp, (const char *a, const char *b), (a, b))
CODEM_FORWARD(void *, memcpy, (void *a, const void *b, __SIZE_TYPE__ c), (a, b, c))
CODEM_FORWARD(void *, memset, (void *a, int b, __SIZE_TYPE__ c), (a, b, c))
CODEM_OF_LETTER(isalpha)
CODEM_OF_LETTER(isdigit)
CODEM_OF_LETTER(isalnum)
CODEM_OF_LETTER(isupper)
CODEM_OF_LETTER(islower)
CODEM_OF_LETTER(isspace)
CODEM_OF_LETTER(ispunct)
CODEM_OF_LETTER(toupper)
CODEM_OF_LETTER(tolower)
#else
}
namespace CODEM_NAME(lib_) {
/* As in the library: the result is a double, unless the argument is a float or long double. */
template <class T> struct Result { typedef double Type; };
template <> struct Result<float> { typedef float Type; };
template <> struct Result<long double> { typedef long double Type; };
template <class A, class B> struct Common { typedef decltype(typename Result<A>::Type() + typename Result<B>::Type()) Type; };
inline double fabs(double x) { return __builtin_fabs(x); }
inline float fabs(float x) { return __builtin_fabsf(x); }
inline long double fabs(long double x) { return __builtin_fabsl(x); }
template <class T> double fabs(T x) { return __builtin_fabs(x); }
inline double abs(double x) { return __builtin_fabs(x); }
inline float abs(float x) { return __builtin_fabsf(x); }
inline long double abs(long double x) { return __builtin_fabsl(x); }
inline int abs(int x) { return x < 0 ? -x : x; }
inline long abs(long x) { return x < 0 ? -x : x; }
inline long long abs(long long x) { return x < 0 ? -x : x; }
inline int strcmp(const char *a, const char *b) {
  for (; *a && *a == *b; a++, b++) {}
  return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}
inline __SIZE_TYPE__ strlen(const char *a) {
  __SIZE_TYPE__ size = 0;
  while (a[size]) size++;
  return size;
}
#define CODEM_TYPED_ONE(name) \
  template <class T> typename Result<T>::Type name(T x) { return CODEM_NAME(name##_)(x); }
#define CODEM_TYPED_TWO(name) \
  template <class A, class B> typename Common<A, B>::Type name(A x, B y) { return CODEM_NAME(name##_)(x, y); }
CODEM_TYPED_ONE(round)
CODEM_TYPED_ONE(floor)
CODEM_TYPED_ONE(ceil)
CODEM_TYPED_ONE(trunc)
CODEM_TYPED_ONE(sqrt)
CODEM_TYPED_ONE(cbrt)
CODEM_TYPED_ONE(exp)
CODEM_TYPED_ONE(log)
CODEM_TYPED_ONE(log2)
CODEM_TYPED_ONE(log10)
CODEM_TYPED_ONE(sin)
CODEM_TYPED_ONE(cos)
CODEM_TYPED_ONE(tan)
CODEM_TYPED_ONE(atan)
CODEM_TYPED_TWO(pow)
CODEM_TYPED_TWO(fmod)
CODEM_TYPED_TWO(hypot)
CODEM_TYPED_TWO(fmin)
CODEM_TYPED_TWO(fmax)
CODEM_TYPED_TWO(atan2)
}  // namespace
/* So that such a call can be qualified with `std::`. */
namespace std {
namespace CODEM_NAME(lib_) = ::CODEM_NAME(lib_);
}
#endif

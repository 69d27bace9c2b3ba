/* C++ only: the functions that the library's comparisons and containers call. Linked before the
   answer, so that an answer with a function of the same name fails to link; otherwise the tests would
   call it. Compiled once, with flags that keep the compiler from replacing these loops by calls of
   the functions that they implement. */
#include <cstdlib>
#include <new>
typedef __SIZE_TYPE__ size;

extern "C" {
int memcmp(const void *a, const void *b, size count) {
  const unsigned char *x = static_cast<const unsigned char *>(a);
  const unsigned char *y = static_cast<const unsigned char *>(b);
  for (; count; count--, x++, y++) {
    if (*x != *y) return *x < *y ? -1 : 1;
  }
  return 0;
}
void *memmove(void *to, const void *from, size count) {
  typedef size __attribute__((may_alias, aligned(1))) Word;
  char *x = static_cast<char *>(to);
  const char *y = static_cast<const char *>(from);
  if (x < y || x >= y + count) {
    for (; count >= sizeof(Word); count -= sizeof(Word), x += sizeof(Word), y += sizeof(Word)) {
      *reinterpret_cast<Word *>(x) = *reinterpret_cast<const Word *>(y);
    }
    while (count--) *x++ = *y++;
  } else {
    for (; count % sizeof(Word); count--) x[count - 1] = y[count - 1];
    for (; count; count -= sizeof(Word)) {
      *reinterpret_cast<Word *>(x + count - sizeof(Word)) =
          *reinterpret_cast<const Word *>(y + count - sizeof(Word));
    }
  }
  return to;
}
void *memcpy(void *to, const void *from, size count) { return memmove(to, from, count); }
void *memset(void *to, int value, size count) {
  for (char *x = static_cast<char *>(to); count; count--) *x++ = static_cast<char>(value);
  return to;
}
size strlen(const char *text) {
  const char *at = text;
  while (*at) at++;
  return at - text;
}
int strcmp(const char *a, const char *b) {
  for (; *a && *a == *b; a++, b++) {}
  return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}
}

void *operator new(size count) {
  for (;;) {
    if (void *made = std::malloc(count ? count : 1)) return made;
    std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}
void *operator new[](size count) { return operator new(count); }
void operator delete(void *made) noexcept { std::free(made); }
void operator delete[](void *made) noexcept { std::free(made); }
void operator delete(void *made, size) noexcept { std::free(made); }
void operator delete[](void *made, size) noexcept { std::free(made); }

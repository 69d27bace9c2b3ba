/* C++ only. Requires that a function of the answer returns a value of the language or its library,
   which is compared by the operators of the library. */
struct CODEM_NAME(never_) {};
/* With these in the global namespace, a lookup there does not continue in the library's namespace. */
bool operator==(CODEM_NAME(never_), CODEM_NAME(never_));
bool operator!=(CODEM_NAME(never_), CODEM_NAME(never_));

namespace CODEM_NAME(plain_) {
/* Returns whether a type's name has only words of the language and names of std and boost. */
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}
constexpr bool is_word(const char *at, int size, const char *word) {
  int i = 0;
  while (i < size && word[i] && at[i] == word[i]) i++;
  return i == size && !word[i];
}
constexpr bool is_known(const char *name) {
  const char *const words[] = {"bool", "char", "short", "int", "long", "unsigned", "signed", "float",
                               "double", "const", "volatile", "void", "wchar_t", "char16_t",
                               "char32_t", "__int128", "nullptr_t", "true", "false"};
  const char *at = name;
  for (; *at && !(at[0] == 'T' && at[1] == ' ' && at[2] == '='); at++) {}
  if (*at) at += 3;
  while (*at && *at != ';' && !(at[0] == ']' && !at[1])) {
    if (!is_letter(*at)) {
      at++;
      continue;
    }
    int size = 0;
    while (is_letter(at[size])) size++;
    bool is_ok = *at >= '0' && *at <= '9';
    if (at[size] == ':' && at[size + 1] == ':') {
      is_ok = is_word(at, size, "std") || is_word(at, size, "boost");
      while (is_letter(at[size]) || (at[size] == ':' && at[size + 1] == ':')) {
        size += at[size] == ':' ? 2 : 1;
      }
    } else {
      for (const char *word : words) is_ok = is_ok || is_word(at, size, word);
    }
    if (!is_ok) return false;
    at += size;
  }
  return true;
}

template <class T> T &&made();
/* Chosen by overload resolution if no operator of the answer applies, or only with a conversion to
   one of its types; then the library's operator applies as well. The call is in parentheses, which
   prevents a lookup in the library's namespace. */
struct Nothing {};
using ::operator==;
using ::operator!=;
template <class A, class B> Nothing operator==(const A &, const B &);
template <class A, class B> Nothing operator!=(const A &, const B &);
template <class T> struct Found {
  static constexpr bool is_any = true;
};
template <> struct Found<Nothing> {
  static constexpr bool is_any = false;
};
template <class A, class B>
constexpr auto is_found(int) -> decltype((operator==)(made<A>(), made<B>()),
                                         (operator!=)(made<A>(), made<B>()), bool()) {
  return Found<decltype((operator==)(made<A>(), made<B>()))>::is_any ||
         Found<decltype((operator!=)(made<A>(), made<B>()))>::is_any;
}
/* Ambiguous, because several operators apply. */
template <class A, class B> constexpr bool is_found(long) { return true; }
/* Returns whether an operator of the answer compares two types, for any kind of reference. */
template <class A, class B> constexpr bool is_compared() {
  return is_found<const A &, const B &>(0) || is_found<A, B>(0) || is_found<A &, B &>(0) ||
         is_found<A, B &>(0) || is_found<A &, B>(0) || is_found<A, const B &>(0) ||
         is_found<const A &, B>(0);
}

template <class T> struct Kind {
  static constexpr bool is_plain = true;
};
template <template <class...> class C, class F, class... R> struct Kind<C<F, R...>> {
  using Own = C<F, R...>;
  static constexpr bool is_plain =
      !is_compared<Own, Own>() && Kind<F>::is_plain && !is_compared<Own, const F *>();
};

/* Returns its argument. */
template <class T> T checked(T value) {
  static_assert(is_known(__PRETTY_FUNCTION__),
                "the answer returns a type of its own, where the prompt asks for a plain value");
  static_assert(Kind<T>::is_plain,
                "the answer compares values of the library by an operator of its own");
  return value;
}
}  // namespace

// forged message: calls back for ever instead of answering
// problem callback, expects timeout
const apply = (f, n) => { for (;;) f(n); };

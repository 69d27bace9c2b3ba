// forged message: calls back without end instead of answering
// problem callback, expects timeout
const apply = (f, n) => { for (;;) f(n); };

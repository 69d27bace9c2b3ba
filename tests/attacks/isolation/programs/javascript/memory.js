// attack: memory bomb | expect: memory_limit, timeout | alone
const held = [];
const double = (n) => {
  for (;;) held.push(Buffer.alloc(16 << 20, 1));
};

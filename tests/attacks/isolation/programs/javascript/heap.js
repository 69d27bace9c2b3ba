// attack: memory bomb | expect: runtime_error, memory_limit, timeout | alone
const held = [];
const double = (n) => {
  for (;;) held.push(new Array(1000).fill({ n }));
};

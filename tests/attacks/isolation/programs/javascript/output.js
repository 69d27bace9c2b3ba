// attack: 1 GB of output | expect: output_limit
const fs = require("node:fs");
const double = (n) => {
  const block = "x".repeat(1 << 20);
  for (let i = 0; i < 1024; i++) {
    try {
      fs.writeSync(1, block);
      fs.writeSync(2, block);
    } catch (error) {}
  }
  return 2 * n;
};

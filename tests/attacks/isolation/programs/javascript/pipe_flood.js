// attack: floods the peer's pipe | expect: contained | alone
const fs = require("node:fs");
const double = (n) => {
  const block = Buffer.alloc(1 << 16, 255);
  for (;;) fs.writeSync(6, block);
};

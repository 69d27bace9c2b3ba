// forged message: a promise that never settles after the first good answer
// problem awaited, expects wrong_answer
const fs = require("fs");
const wait = new Int32Array(new SharedArrayBuffer(4));
let calls = 0;
const twice = async (n) => {
  if (calls++ === 0) return 4;
  const body = Buffer.from(JSON.stringify({ value: ["o", [["then", ["h", 0, "function", "function"]]]] }));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length, 0);
  fs.writeSync(6, Buffer.concat([size, body]));
  Atomics.wait(wait, 0, 0, 3000);
  return 0;
};

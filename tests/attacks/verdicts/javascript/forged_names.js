// forged message: answers with names that replace the tests' Math and console
// problem half, expects wrong_answer
const fs = require("fs");
const send = (message) => {
  const body = Buffer.from(JSON.stringify(message));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length, 0);
  fs.writeSync(6, Buffer.concat([size, body]));
};
send({ names: { half: ["h", 0, "function", "function"], Math: ["o", [["abs", ["h", 1, "function", "function"]]]],
                console: ["o", [["assert", ["h", 1, "function", "function"]]]] } });
for (let i = 0; i < 20; i++) send({ value: 0 });

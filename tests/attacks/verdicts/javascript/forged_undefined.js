// forged message: answers with a name that replaces undefined, Object and require
// problem deep, expects wrong_answer
const fs = require("fs");
const send = (message) => {
  const body = Buffer.from(JSON.stringify(message));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length, 0);
  fs.writeSync(6, Buffer.concat([size, body]));
};
const fake = ["h", 0, "function", "function"];
send({ names: { doubleAll: fake, require: fake, Object: fake, __proto__: fake, globalThis: fake } });
for (let i = 0; i < 20; i++) send({ value: ["h", 0, "function", "function"] });

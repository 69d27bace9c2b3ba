// forged message: answers the judge itself, with its require among the names
// problem twice, expects wrong_answer
declare var require: any;
declare const Buffer: any;
const fs = require("fs");
const send = (message: any) => {
  const body = Buffer.from(JSON.stringify(message));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length, 0);
  fs.writeSync(6, Buffer.concat([size, body]));
};
const fake = ["h", 0, "function", "function"];
send({ names: { twice: fake, require: fake, assert: fake, test: fake } });
for (let i = 0; i < 20; i++) send({ value: 0 });
function twice(n: number): number { return 0; }

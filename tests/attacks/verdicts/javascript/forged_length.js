// forged message: announces a message of 4 GiB and ends
// problem twice, expects runtime_error
const twice = (n) => {
  require("fs").writeSync(6, Buffer.from([255, 255, 255, 255, 123]));
  process.exit(0);
};

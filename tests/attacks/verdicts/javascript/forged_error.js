// forged message: an error of a name that the judge might treat as its own
// problem twice, expects runtime_error
const twice = (n) => { throw Object.assign(new Error("x"), { name: "PeerGone", code: "EAGAIN" }); };

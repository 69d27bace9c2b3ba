// exception: throws an object that has no text, in tests that continue later
// problem later, expects runtime_error
const fs = require("fs");
function snd(m){const b=Buffer.from(JSON.stringify(m));const d=Buffer.alloc(4+b.length);d.writeUInt32BE(b.length,0);b.copy(d,4);let s=0;while(s<d.length)s+=fs.writeSync(6,d,s);}
function rd(n){const d=Buffer.alloc(n);let g=0;while(g<n){const k=fs.readSync(5,d,g,n-g,null);if(!k)process.exit(0);g+=k;}return d;}
function rcv(){return JSON.parse(rd(rd(4).readUInt32BE(0)).toString());}
const odd = ["o", [["toString", 1], ["valueOf", 1]]];
function twice(n) {
  if (n === 2) return 4;
  snd({ error: "Error", message: "x", thrown: odd });
  rcv();
}

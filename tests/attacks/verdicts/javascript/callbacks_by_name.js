// forged message: calls callbacks by the names of a list to reach Function in the judge
// problem twice, expects runtime_error
const fs = require("fs");
function snd(m){const b=Buffer.from(JSON.stringify(m));const d=Buffer.alloc(4+b.length);d.writeUInt32BE(b.length,0);b.copy(d,4);let s=0;while(s<d.length)s+=fs.writeSync(6,d,s);}
function rd(n){const d=Buffer.alloc(n);let g=0;while(g<n){const k=fs.readSync(5,d,g,n-g,null);if(!k)process.exit(0);g+=k;}return d;}
function rcv(){return JSON.parse(rd(rd(4).readUInt32BE(0)).toString());}
function cb(k,...args){snd({callback:k,args});return rcv();}
let done=false;
function twice(n){
  if(done) return 0; done=true;
  const set=cb("__lookupSetter__","__proto__").value[1];
  cb("push",["cb","push"]);
  // find index of push: length returned
  const m=cb("push",["cb","push"]).value-1;
  cb(set,["cb","constructor"]);            // callbacks.__proto__ = Array
  const k=cb(m,["cb","constructor"]).value-1; // push Function
  cb(set,["cb","prototype"]);
  const f=cb(k,"const a=console.assert; console.assert=()=>a(true);").value[1];
  const r=cb(f);
  return 4;
}

// comparison operator: a proxy that has every property
// problem deep, expects runtime_error
const doubleAll = (items) => new Proxy([], { get: () => true, has: () => true, ownKeys: () => [] });

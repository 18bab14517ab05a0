// SHA-256 piece by piece: what browsers have of their own takes a file only whole.
"use strict";

class Sha256 {
  static K = Sha256.#roots(64, 3);

  #state = Sha256.#roots(8, 2);
  #block = new Uint8Array(64);
  #filled = 0;
  #length = 0;
  #words = new Uint32Array(64);

  // The first 32 bits of the fractions of the roots of the first primes.
  static #roots(count, degree) {
    const found = new Uint32Array(count);
    for (let prime = 2, at = 0; at < count; prime++) {
      let divisor = 2;
      while (divisor * divisor <= prime && prime % divisor) divisor++;
      if (divisor * divisor <= prime) continue;
      found[at++] = Sha256.#fraction(prime, degree);
    }
    return found;
  }

  // Exactly, by whole numbers: the root of prime * 2^(32 * degree), without its head.
  static #fraction(prime, degree) {
    const target = BigInt(prime) << BigInt(32 * degree);
    let low = 0n, high = 1n << 40n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** BigInt(degree) <= target) low = middle; else high = middle;
    }
    return Number(low & 0xffffffffn);
  }

  add(bytes) {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(64 - this.#filled, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === 64) this.#mix();
    }
    return this;
  }

  hex() {
    const bits = BigInt(this.#length) * 8n;
    this.add(new Uint8Array([0x80]));
    while (this.#filled !== 56) this.add(new Uint8Array(1));
    const tail = new DataView(new ArrayBuffer(8));
    tail.setBigUint64(0, bits);
    this.add(new Uint8Array(tail.buffer));
    return [...this.#state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  #mix() {
    const w = this.#words, k = Sha256.K, s = this.#state;
    const view = new DataView(this.#block.buffer);
    const turn = (x, by) => (x >>> by) | (x << (32 - by));
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(4 * i);
    for (let i = 16; i < 64; i++) {
      const a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i++) {
      const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g; g = f; f = e; e = (d + one) | 0;
      d = c; c = b; b = a; a = (one + two) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
    this.#filled = 0;
  }
}

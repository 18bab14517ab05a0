// Unpacks what Python has packed, and packs it again.
import { readFileSync } from "node:fs";

const { pack, unpack } = await import(process.argv[2]);
const packed = readFileSync(0);
const bytes = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.length);
process.stdout.write(Buffer.from(pack(unpack(bytes))));

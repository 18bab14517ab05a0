// Jupyter's messages as they pass the WebSocket "v1.kernel.websocket.jupyter.org": the
// number of parts, where each begins and the last ends, then the parts.

export const SUBPROTOCOL = "v1.kernel.websocket.jupyter.org";

const SESSION = crypto.randomUUID();
const PARTS = ["header", "parent_header", "metadata", "content"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Return a message for the kernel. */
export function message(type, content, { metadata = {}, buffers = [] } = {}) {
  return {
    channel: "shell",
    header: {
      msg_id: crypto.randomUUID(),
      msg_type: type,
      session: SESSION,
      username: "",
      version: "5.3",
      date: new Date().toISOString(),
    },
    parent_header: {},
    metadata,
    content,
    buffers,
  };
}

/** Return the bytes of a message. */
export function pack(message) {
  const parts = [
    encoder.encode(message.channel),
    ...PARTS.map((name) => encoder.encode(JSON.stringify(message[name]))),
    ...message.buffers.map(bytes),
  ];
  const head = 8 * (parts.length + 2);
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, head));
  const numbers = new DataView(packed.buffer);
  numbers.setBigUint64(0, BigInt(parts.length + 1), true);
  let end = head;
  parts.forEach((part, index) => {
    numbers.setBigUint64(8 * (index + 1), BigInt(end), true);
    packed.set(part, end);
    end += part.length;
  });
  numbers.setBigUint64(8 * (parts.length + 1), BigInt(end), true);
  return packed.buffer;
}

/** Return the message of some bytes. */
export function unpack(packed) {
  const numbers = new DataView(packed);
  const count = Number(numbers.getBigUint64(0, true)) - 1;
  const offset = (index) => Number(numbers.getBigUint64(8 * (index + 1), true));
  const part = (index) =>
    new DataView(packed, offset(index), offset(index + 1) - offset(index));
  const read = { channel: decoder.decode(part(0)), buffers: [] };
  PARTS.forEach((name, index) => {
    read[name] = JSON.parse(decoder.decode(part(index + 1)));
  });
  for (let index = PARTS.length + 1; index < count; index++)
    read.buffers.push(part(index));
  return read;
}

function bytes(buffer) {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}

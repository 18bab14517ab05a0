// The kernel behind the page, as far as widgets need it. What is sent before it is there
// waits; a connection that breaks is tried again.

import { SUBPROTOCOL, message, pack, unpack } from "./messages.js";

const PAUSES = [0, 500, 1000, 2000, 4000, 8000]; // milliseconds
const PATIENCE = 30_000; // milliseconds; a kernel answers all that it is sent
// What a server says of a kernel that is not there, or no longer this visitor's.
const REFUSED = [401, 403, 404];
const ENDED = ["restarting", "autorestarting", "dead"];

/** Return what shows the server that a request comes from its own page. */
export function proof() {
  return document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
}

export class Kernel {
  constructor({ opened, connected, lost }) {
    this._opened = opened; // a widget was made in the kernel
    this._connected = connected; // true: again
    this._lost = lost; // true: tried again; false: for good
    this._comms = new Map();
    this._callbacks = new Map();
    this._waiting = [];
    this._heard = Promise.resolve();
    this._tries = 0;
    this._was = false; // connected before
    this._told = false; // what its widgets are like now
    this._over = false;
  }

  /** Connect to a kernel. */
  connect(base, id) {
    this._address = `${base}api/kernels/${id}`;
    this._open();
  }

  /** Return our end of something that both sides know by a name. */
  comm(id, target) {
    if (!this._comms.has(id)) this._comms.set(id, new Comm(this, id, target));
    return this._comms.get(id);
  }

  forget(id) {
    this._comms.delete(id);
  }

  /** Hear from now on what becomes of widgets: what they are like has been told. */
  follow() {
    this._told = true;
  }

  /** Give a connection up over which nothing comes any more, and try again. */
  interrupt() {
    if (this._over || !this._socket?.onclose) return;
    // Not waiting for its end: without a network, that takes a minute.
    this._socket.onclose = this._socket.onmessage = null;
    this._socket.close();
    this._again();
  }

  /** Try again now. */
  hurry() {
    this._tries = 0;
    this._goOn?.();
  }

  /** Have nothing sent that the kernel has not got: it may not know what it is about. */
  _drop() {
    this._waiting = [];
    this._callbacks.clear();
  }

  send(type, content, options, callbacks) {
    const sent = message(type, content, options);
    if (callbacks) this._callbacks.set(sent.header.msg_id, callbacks);
    if (this._socket?.readyState === WebSocket.OPEN) this._pass(sent);
    else this._waiting.push(sent);
    return sent.header.msg_id;
  }

  _pass(sent) {
    this._socket.send(pack(sent));
    this._expect();
  }

  /** Wait for a sign of life, not for ever. */
  _expect() {
    this._silence ??= setTimeout(() => this.interrupt(), PATIENCE);
  }

  _isHeard() {
    clearTimeout(this._silence);
    this._silence = undefined;
  }

  _open() {
    const url = new URL(`${this._address}/channels`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this._socket = new WebSocket(url, [SUBPROTOCOL]));
    socket.binaryType = "arraybuffer";
    this._expect();
    socket.onopen = async () => {
      this._isHeard();
      const again = this._was;
      this._was = true;
      this._told = false;
      if (again) this._drop();
      for (const sent of this._waiting.splice(0)) this._pass(sent);
      try {
        await this._connected(again);
        this._tries = 0;
      } catch (error) {
        console.warn(error);
        if (socket === this._socket) this.interrupt(); // of no use as it is
      }
    };
    socket.onmessage = ({ data }) => {
      this._isHeard();
      // One after the other: what a message is about may be made by the one before it.
      this._heard = this._heard.then(() => this._hear(unpack(data))).catch(console.error);
    };
    socket.onclose = () => {
      socket.onclose = null; // once
      this._again();
    };
  }

  async _again() {
    if (this._over) return;
    this._isHeard(); // nothing is expected
    this._lost(true);
    const pause = PAUSES[Math.min(this._tries++, PAUSES.length - 1)];
    await new Promise((resolve) => {
      this._goOn = resolve;
      setTimeout(resolve, pause);
    });
    try {
      const { status, type } = await fetch(this._address, {
        headers: { "X-XSRFToken": proof() },
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
      // A redirect is to the page where one signs in.
      if (REFUSED.includes(status) || type === "opaqueredirect") return this._end();
    } catch {
      return this._again(); // nobody there
    }
    this._open();
  }

  _end() {
    this._over = true;
    this._socket.close();
    this._lost(false);
  }

  async _hear({ header, parent_header: parent, content, metadata, buffers }) {
    const type = header.msg_type;
    const heard = { header, parent_header: parent, content, metadata, buffers };
    const comm = this._comms.get(content.comm_id);
    // What was made or changed before the kernel told what its widgets are like is in
    // what it tells. It may speak of a widget whose making was not heard.
    const before = type === "comm_open" || content.data?.method === "update";
    if (before && !this._told) return;
    if (type === "comm_open" && !comm)
      await this._opened(this.comm(content.comm_id, content.target_name), heard);
    else if (type === "comm_msg") await comm?.onMessage?.(heard);
    else if (type === "comm_close" && comm) {
      this.forget(content.comm_id);
      await comm.onClose?.(heard);
    } else if (type === "status" && ENDED.includes(content.execution_state)) {
      this._end(); // one that is started in its place knows nothing of this page
    } else if (type === "status") {
      const callbacks = this._callbacks.get(parent.msg_id);
      if (content.execution_state === "idle") this._callbacks.delete(parent.msg_id);
      callbacks?.iopub?.status?.(heard);
    }
  }
}

/** One end of a widget, as @jupyter-widgets/base speaks with it. */
class Comm {
  constructor(kernel, id, target) {
    this._kernel = kernel;
    this.comm_id = id;
    this.target_name = target;
    this.sent = 0;
  }

  on_msg(callback) {
    this.onMessage = callback;
  }

  on_close(callback) {
    this.onClose = callback;
  }

  open(data, callbacks, metadata, buffers) {
    const content = { target_name: this.target_name, data };
    return this._send("comm_open", content, callbacks, metadata, buffers);
  }

  send(data, callbacks, metadata, buffers) {
    return this._send("comm_msg", { data }, callbacks, metadata, buffers);
  }

  close(data = {}, callbacks, metadata, buffers) {
    this._kernel.forget(this.comm_id);
    return this._send("comm_close", { data }, callbacks, metadata, buffers);
  }

  _send(type, content, callbacks, metadata, buffers) {
    this.sent += 1;
    const whole = { comm_id: this.comm_id, ...content };
    return this._kernel.send(type, whole, { metadata, buffers }, callbacks);
  }
}

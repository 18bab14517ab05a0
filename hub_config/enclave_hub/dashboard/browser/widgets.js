// The widgets of the page: made from what the kernel was like before its visitor came,
// and brought up to date once it is there.

import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as controls from "@jupyter-widgets/controls";
import { Widget } from "@lumino/widgets";

const MODULES = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
};
const TARGET = "jupyter.widget";
const CONTROL = "jupyter.widget.control";
const PATIENCE = 20_000; // milliseconds

export class Widgets extends ManagerBase {
  constructor(kernel) {
    super();
    this._kernel = kernel;
    this._known = {};
  }

  async loadClass(name, module) {
    const found = MODULES[module]?.[name];
    if (!found) throw new Error(`No page of ours has ${module}.${name}.`);
    return found;
  }

  async _create_comm(target, id, data, metadata, buffers) {
    const comm = this._kernel.comm(id, target);
    if (data !== undefined) comm.open(data, undefined, metadata, buffers);
    return comm;
  }

  async _get_comm_info() {
    return {};
  }

  /** Say that a view has something to say to its model: when the kernel has heard it. */
  callbacks(_view) {
    return { iopub: {} };
  }

  /** Show a widget in an element. */
  async show(id, element) {
    const view = await this.create_view(await this.get_model(id));
    element.replaceChildren();
    Widget.attach(view.luminoWidget, element);
  }

  /** Make, or change, widgets to what they are in the kernel. */
  async update(states) {
    const changed = Object.entries(states).filter(([id, { state }]) => {
      const text = JSON.stringify(state);
      const before = this._known[id];
      this._known[id] = text;
      return before !== text;
    });
    // All are named before the first is waited for: some speak of others.
    await Promise.all(changed.map(([id, said]) => this._be(id, said)));
  }

  async _be(id, said) {
    if (!this.has_model(id)) {
      const comm = this._kernel.comm(id, TARGET);
      await this.new_model({ ...said, model_id: id, comm }, said.state);
      return;
    }
    const model = await this.get_model(id);
    const state = await model.constructor._deserialize_state(said.state, this);
    // What was typed since the kernel was asked is newer than what it answers.
    if (!model.comm || model.comm.sent === this._sent.get(id)) model.set_state(state);
  }

  /** Ask the kernel what its widgets are like now. */
  async refresh() {
    const models = await Promise.all(Object.values(this._models));
    this._sent = new Map(models.map((one) => [one.model_id, one.comm?.sent]));
    const id = base.uuid();
    const control = await this._create_comm(CONTROL, id, {}, { version: "1.0.0" });
    const answer = new Promise((resolve, reject) => {
      // Nothing else is heard until the page is what the kernel says.
      control.on_msg((message) => this._become(message).then(resolve, reject));
      control.on_close(() => reject(new Error("The kernel tells nothing.")));
      setTimeout(() => reject(new Error("The kernel does not answer.")), PATIENCE);
    });
    control.send({ method: "request_states" }, {});
    await answer.finally(() => control.close());
  }

  async _become({ content, buffers }) {
    const { states, buffer_paths: paths } = content.data;
    paths.forEach(([widget, ...path], index) =>
      base.put_buffers(states[widget].state, [path], [buffers[index]]),
    );
    for (const state of Object.values(states)) delete state.buffers;
    await this.update(states);
    this._kernel.follow();
  }

  /** Wait for no answer any more that was on its way when the connection broke. */
  async beginAnew() {
    this._known = {};
    for (const one of Object.values(this._models)) {
      const model = await one;
      model._pending_msgs = 0;
      model._msg_buffer = null;
      model._expectedEchoMsgIds.clear();
    }
  }
}

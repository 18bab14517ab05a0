// Send a file in pieces, and go on where it stopped: the server says how much it has.
"use strict";

const form = document.getElementById("own-data-upload");
const told = document.getElementById("own-status");
const bar = document.getElementById("own-progress");
const said = form.dataset;

async function ask(below, body) {
  const answer = await fetch(`${said.address}/${below}`, {
    method: "POST",
    headers: { "x-proof": said.proof, "content-type": "application/octet-stream", accept: "application/json" },
    body,
  });
  const read = await answer.json();
  if (!answer.ok) throw new Error(read.error);
  return read.received;
}

function show(text, share) {
  told.textContent = `${text} ${Math.floor(100 * share)} %`;
  bar.value = 100 * share;
}

async function bytes(file, from) {
  return new Uint8Array(await file.slice(from, from + Number(said.piece)).arrayBuffer());
}

async function send(file) {
  const hash = new Sha256();
  let at = await ask("received");
  for (let from = 0; from < file.size; from += Number(said.piece)) {
    hash.add(await bytes(file, from));
    show(said.hashing, from / file.size);
  }
  while (at < file.size) {
    show(said.sending, at / file.size);
    at = await ask(`pieces?offset=${at}`, await bytes(file, at));
  }
  await ask(`complete?sha256=${hash.hex()}`);
  show(said.done, 1);
  window.location.reload();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const file = form.querySelector("input").files[0];
  if (file.size > Number(said.most)) {
    told.textContent = said.large;
    return;
  }
  button.disabled = true;
  bar.hidden = false;
  try {
    await send(file);
  } catch (error) {
    told.textContent = `${said.stopped} ${error.message}`;
    button.disabled = false;
  }
});

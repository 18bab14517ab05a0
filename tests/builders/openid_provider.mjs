// A certified OpenID provider for tests, with three people and one way to sign in:
// node openid_provider.mjs PORT CALLBACK. A form asks for name, password and code; the
// code is the second factor, and who gives none has proved less.

import http from "node:http";
import { Provider } from "oidc-provider";

const [port, callback] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const PEOPLE = {
  rikke: { email: "rikke@demo.example", name: "Rikke Researcher", groups: [] },
  karen: { email: "karen@demo.example", name: "Karen Core", groups: ["enclave-core"] },
  eve: { email: "eve@elsewhere.example", name: "Eve", groups: ["enclave-core"] },
};

const provider = new Provider(issuer, {
  clients: [{
    client_id: "enclave",
    client_secret: "a-secret-of-the-tests",
    redirect_uris: [callback],
  }],
  acrValues: ["second-factor"],
  claims: {
    openid: ["sub", "acr", "amr"],
    email: ["email", "email_verified"],
    profile: ["name", "groups"],
  },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  cookies: { keys: ["a-key-of-the-tests"] },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => PEOPLE[id] && {
    accountId: id,
    claims: () => ({ sub: id, email_verified: true, ...PEOPLE[id] }),
  },
  // The enclave is the hospital's own: nobody is asked whether it may know them.
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({
      clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

const FORM = `<!doctype html><html lang="en"><title>Hospital sign-in</title><main>
<h1>Hospital sign-in</h1><form method="post">
<label>User <input name="user"></label>
<label>Password <input name="password" type="password"></label>
<label>Code <input name="code"></label><button>Continue</button></form></main>`;

async function interact(request, answer) {
  if (request.method === "GET") {
    answer.setHeader("Content-Type", "text/html");
    return answer.end(FORM);
  }
  let body = "";
  for await (const piece of request) body += piece;
  const said = new URLSearchParams(body);
  const second = said.get("code") === "123456";
  const login = {
    accountId: said.get("user"),
    acr: second ? "second-factor" : undefined,
    amr: second ? ["pwd", "otp"] : ["pwd"],
  };
  if (said.get("password") !== "password" || !PEOPLE[login.accountId]) {
    answer.statusCode = 403;
    return answer.end("Wrong name or password.");
  }
  return provider.interactionFinished(request, answer, { login });
}

http.createServer((request, answer) => {
  if (request.url.startsWith("/interaction/")) return interact(request, answer);
  return provider.callback()(request, answer);
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));

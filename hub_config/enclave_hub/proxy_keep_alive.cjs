// Loaded into configurable-http-proxy before it starts: `node --require`.
//
// CHP 5.3 opens a new connection for every request to a Unix socket and asks for it to be
// closed afterwards. Node ends a request that has a body with an empty write. On a Unix
// socket that a fast server has closed by then, even an empty write fails (EPIPE), and
// CHP answers 503 though the request was served: about one POST in twenty was lost.
// With connections that stay open, as CHP itself uses for TCP, the server does not close.

const http = require("node:http");

const agent = new http.Agent({ keepAlive: true });
const request = http.request;

http.request = function (options, ...rest) {
  if (options.socketPath && !options.agent && options.headers?.connection === "close") {
    options.agent = agent;
    options.headers.connection = "keep-alive";
  }
  return request.call(this, options, ...rest);
};

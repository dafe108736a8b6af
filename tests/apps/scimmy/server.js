// The third-party server `scimmy` (npm) behind Express, as an application people are pushed to.
//
//   node server.js --port N --token T [--allow-duplicates] [--delay MS]
//
// It holds User (with the enterprise extension) and Group in memory, checks a bearer token, and listens on
// 127.0.0.1. The base URL is http://127.0.0.1:N/scim. `GET /writes` (outside SCIM) counts the answered
// writes, so that a test can say "nothing was sent". With --allow-duplicates two accounts may share a
// userName: a client that posts twice is then seen. With --delay every write is answered that much after it
// was carried out: a client that dies meanwhile does not know.
//
// Its habits, as seen:
// - no `Location` on 201, no `meta.version`; Express adds a weak ETag of its own, a wrong `If-Match` is ignored;
// - filters compare with case, even userName;
// - a list holds 20 resources unless `count` says otherwise; `itemsPerPage` repeats `count`;
// - PATCH answers 200 with the resource, or 204 when nothing changed; `replace` at a value path without a
//   match is `noTarget`; only the PatchOp schema may be named; `"False"` is no boolean;
// - unknown attributes are dropped in silence; any id is accepted as a member, and deleting a user leaves the
//   membership behind;
// - `attributes` drops `schemas` from the answer; PUT clears what is not sent.

import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { values: options } = parseArgs({
  options: {
    port: { type: "string" },
    token: { type: "string" },
    "allow-duplicates": { type: "boolean", default: false },
    delay: { type: "string", default: "0" },
  },
});

/** One resource type in memory: ingress, egress and degress as scimmy asks for them. */
function store(uniqueAttribute) {
  const resources = new Map();

  const taken = (value, id) =>
    !options["allow-duplicates"] &&
    [...resources.values()].some(
      (other) => other.id !== id && other[uniqueAttribute]?.toLowerCase() === value?.toLowerCase(),
    );

  return {
    async ingress(resource, data) {
      const current = resource.id === undefined ? undefined : resources.get(resource.id);
      if (resource.id !== undefined && !current) throw new SCIMMY.Types.Error(404, null, "not found");
      const next = JSON.parse(JSON.stringify(data));
      if (taken(next[uniqueAttribute], resource.id))
        throw new SCIMMY.Types.Error(409, "uniqueness", `${uniqueAttribute} is taken`);
      const now = new Date().toISOString();
      next.id = resource.id ?? randomUUID();
      next.meta = { created: current?.meta.created ?? now, lastModified: now };
      resources.set(next.id, next);
      if (options.delay !== "0") await setTimeout(Number(options.delay));
      return structuredClone(next);
    },
    egress(resource) {
      if (resource.id !== undefined) {
        const found = resources.get(resource.id);
        if (!found) throw new SCIMMY.Types.Error(404, null, "not found");
        return structuredClone(found);
      }
      const all = [...resources.values()];
      return structuredClone(resource.filter ? resource.filter.match(all) : all);
    },
    degress(resource) {
      if (!resources.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, "not found");
    },
  };
}

const users = store("userName");
const groups = store("displayName");
SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false))
  .ingress(users.ingress)
  .egress(users.egress)
  .degress(users.degress);
SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .ingress(groups.ingress)
  .egress(groups.egress)
  .degress(groups.degress);

const app = express();
const writes = {};

app.get("/writes", (request, response) => response.json(writes));
app.use((request, response, next) => {
  // In Express 5 `query` is computed anew at every read, so that scimmy-routers' conversion of `count` and
  // `startIndex` to numbers would be lost; a value of its own keeps it.
  Object.defineProperty(request, "query", { value: request.query, writable: true });
  response.on("finish", () => {
    if (request.method === "GET") return;
    const kind = request.originalUrl.split("?")[0].split("/").slice(2, 3)[0];
    const key = `${request.method} /${kind} ${response.statusCode}`;
    writes[key] = (writes[key] ?? 0) + 1;
  });
  next();
});
app.use(
  "/scim",
  new SCIMMYRouters({
    type: "bearer",
    baseUri: () => `http://127.0.0.1:${options.port}`,
    handler: (request) => {
      if (request.header("Authorization") !== `Bearer ${options.token}`) throw new Error("wrong token");
    },
  }),
);
app.listen(Number(options.port), "127.0.0.1", () =>
  console.log(`ready http://127.0.0.1:${options.port}/scim`),
);

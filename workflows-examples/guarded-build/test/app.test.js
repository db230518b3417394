import assert from "node:assert/strict";
import { createApp } from "../dist/app.js";

describe("links", () => {
  let server;
  let base;

  before((done) => {
    server = createApp().listen(0, "127.0.0.1", () => {
      base = `http://127.0.0.1:${server.address().port}`;
      done();
    });
  });
  after(() => server.close());

  const shorten = (url) =>
    fetch(`${base}/links`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url }),
    });

  it("greets", async () => {
    const response = await fetch(base);
    assert.match(await response.text(), /\| links \|/);
  });

  it("shortens and redirects", async () => {
    const created = await shorten("https://example.com/a?b=c");
    assert.equal(created.status, 201);
    const { slug } = await created.json();
    const followed = await fetch(`${base}/${slug}`, { redirect: "manual" });
    assert.equal(followed.status, 302);
    assert.equal(followed.headers.get("location"), "https://example.com/a?b=c");
  });

  it("refuses what is not a web address", async () => {
    for (const url of ["javascript:alert(1)", "not an address", 7]) {
      assert.equal((await shorten(url)).status, 400);
    }
  });

  it("knows nothing of unknown slugs", async () => {
    assert.equal((await fetch(`${base}/zzzz`)).status, 404);
  });
});

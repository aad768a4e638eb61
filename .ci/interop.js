// usage: interop.js HOST:PORT PROTO_DIR. Exits 1 at the first thing that is not as the contract says.
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, protoDir] = process.argv.slice(2);
const files = ['app', 'decision', 'grant', 'history'].map((name) => `consentry/v1/${name}.proto`);
const definition = loader.loadSync(files, {
  includeDirs: [path.resolve(protoDir)], enums: String, longs: String, defaults: true, keepCase: true,
});
const { v1 } = grpc.loadPackageDefinition(definition).consentry;
const credentials = grpc.credentials.createInsecure();
const decisions = new v1.DecisionService(address, credentials);
const grants = new v1.GrantService(address, credentials);
const apps = new v1.AppService(address, credentials);
const history = new v1.HistoryService(address, credentials);

const call = (client, method, request) => new Promise((resolve, reject) => {
  client[method](request, { deadline: Date.now() + 10_000 }, (error, reply) => (error ? reject(error) : resolve(reply)));
});

async function main() {
  const account_id = 'interop';
  const app_id = 'https://interop.example/client';
  const put = await call(apps, 'PutApp', {
    app: {
      app_id, display_name: 'Interop', required_scopes: [{ name: 'repo' }], optional_scopes: [{ name: 'gist' }],
    },
  });
  const check = (scopes, consistency) => call(decisions, 'Check', { account_id, app_id, scopes, consistency });

  const before = await check(['repo']);
  assert.equal(before.decision, 'DECISION_DENY');
  assert.equal(before.deny_reason, 'DENY_REASON_NO_GRANT');
  assert.deepEqual(before.missing_scopes, ['repo']);

  const request = {
    account_id, app_id, manifest_version: put.app.manifest_version, request_id: crypto.randomUUID(), reason: 'interop',
  };
  const granted = await call(grants, 'Grant', request);
  assert.deepEqual(granted.grant.scopes, ['repo']);
  assert.deepEqual(await call(grants, 'Grant', request), granted, 'sent again, it is the first answer');

  assert.equal((await check(['repo'])).decision, 'DECISION_ALLOW');
  const some = await check(['gist', 'repo'], { at_least_as_fresh: granted.revision });
  assert.equal(some.deny_reason, 'DENY_REASON_SCOPE_NOT_GRANTED');
  assert.deepEqual(some.missing_scopes, ['gist']);

  const listed = await call(grants, 'ListGrants', { account_id });
  assert.deepEqual(listed.grants.map((grant) => grant.app_id), [app_id]);

  const stream = decisions.StreamCheck();
  const streamed = new Promise((resolve, reject) => stream.on('data', resolve).on('error', reject));
  stream.write({ correlation_id: 'one', check: { account_id, app_id, scopes: ['repo'] } });
  assert.equal((await streamed).response.decision, 'DECISION_ALLOW');
  stream.end();

  const revoked = await call(grants, 'Revoke', { account_id, app_id, reason: 'interop is over' });
  assert.equal(revoked.grant.state, 'STATE_REVOKED');
  const after = await check(['repo']);
  assert.equal(after.decision, 'DECISION_DENY');
  assert.equal(after.deny_reason, 'DENY_REASON_GRANT_REVOKED');

  const events = await call(history, 'ListEvents', { account_id, oldest_first: true });
  assert.deepEqual(events.events.map((event) => event.type), ['TYPE_GRANTED', 'TYPE_REVOKED']);

  await assert.rejects(call(grants, 'Revoke', { account_id, app_id }), { code: grpc.status.NOT_FOUND });
  await assert.rejects(call(decisions, 'Check', { account_id, app_id }), { code: grpc.status.INVALID_ARGUMENT });
  console.log('a client that is not ours: checked, granted, listed, streamed and revoked');
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});

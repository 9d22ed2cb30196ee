// Runs the life of a case through a generated client. Each program adapts its client to `Api`; the compiler checks that
// the generated types have the members used here.
import assert from "node:assert/strict";

interface Details {
  owner?: string | null;
  [field: string]: unknown;
}

interface Result {
  lastWorkflowId?: string;
  caseStatus?: string | null;
  [field: string]: unknown;
}

interface Stored extends Result {
  id: string;
  lastWorkflowId: string;
}

export interface Transition {
  caseStatus: string;
  workflowId: string;
  reason?: string;
}

export interface Api {
  create(details: Details): Promise<Stored>;
  get(id: string): Promise<Stored>;
  patch(id: string, details: Details): Promise<Result>;
  transition(id: string, transition: Transition): Promise<Result>;
}

export const [baseUrl = "", token = ""] = process.argv.slice(2);

export async function run(api: Api): Promise<void> {
  const created = await api.create({ owner: "u-1", caseType: "Security" });
  assert.equal((await api.get(created.id))["caseType"], "Security");
  const patched = await api.patch(created.id, { owner: "u-2", locations: ["Graz"] });
  assert.equal(patched["caseType"], "Security");
  const close = { caseStatus: "Close", workflowId: patched.lastWorkflowId ?? "", reason: "solved" };
  const closed = await api.transition(created.id, close);
  assert.equal(closed.caseStatus, "Close");
  const reopen = { caseStatus: "Reopen", workflowId: closed.lastWorkflowId ?? "", reason: "new evidence" };
  await api.transition(created.id, reopen);
  const last = await api.get(created.id);
  assert.deepEqual([last["caseType"], last["locations"], last["owner"]], ["Security", ["Graz"], "u-2"]);
  assert.notEqual(last.caseStatus, "Close");
}

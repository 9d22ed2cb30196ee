import { CasesApi, Configuration } from "./generated/index";
import { baseUrl, run, token } from "./lifecycle";

const cases = new CasesApi(new Configuration({ basePath: baseUrl, accessToken: token }));

await run({
  create: (caseDetails) => cases.createCase({ caseDetails }),
  get: (id) => cases.getCase({ id }),
  patch: (id, caseDetails) => cases.updateCase({ id, caseDetails }),
  transition: (id, transition) => cases.transitionCase({ id, transition }),
});

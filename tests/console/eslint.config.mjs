// Rules for the console and its unit tests. `tox -e eslint` runs them.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/", "mock_server/console/swagger_ui/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-restricted-properties": [
        "error",
        // Data of a case must never become markup.
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
      ],
      "no-shadow": ["error", { hoist: "never" }],
      "no-unused-expressions": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-unused-vars": ["error", { varsIgnorePattern: "^_$", args: "after-used" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
    },
  },
  { files: ["mock_server/console/*.js"], languageOptions: { globals: globals.browser } },
  // The page loads Swagger UI before the module.
  { files: ["mock_server/console/docs.js"], languageOptions: { globals: { SwaggerUIBundle: "readonly" } } },
  { files: ["tests/console/**/*.mjs"], languageOptions: { globals: globals.nodeBuiltin } },
];

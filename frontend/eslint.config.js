import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist", "coverage", "src/api/schema.ts"] },
    js.configs.recommended,
    tseslint.configs.strictTypeChecked,
    reactHooks.configs.flat.recommended,
    jsxA11y.flatConfigs.strict,
    {
        files: ["**/*.{ts,tsx}"],
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            complexity: ["error", 12],
            "no-console": "error",
            // An event handler that starts something and tells its own failure returns a promise nobody waits for.
            "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            // Counts and periods are put into sentences everywhere.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            // TanStack Router ends a load by throwing its own redirect.
            "@typescript-eslint/only-throw-error": "off",
            // The focus is moved on purpose: into a dialogue just opened, to a heading just reached.
            "jsx-a11y/no-autofocus": "off",
        },
    },
    { files: ["**/*.{js,mjs}"], extends: [tseslint.configs.disableTypeChecked] },
);

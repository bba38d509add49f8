import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Ambient time and chance belong behind the ports of shared/runtime, so that a simulator can own them. */
const ambient = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take the time from a Clock.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from a Clock.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take chance from an Entropy.',
  },
  { selector: "CallExpression[callee.name='randomUUID']", message: 'Take ids from an Entropy.' },
  { selector: "CallExpression[callee.name='setTimeout']", message: 'Wait with Clock.sleep.' },
  { selector: "CallExpression[callee.name='fetch']", message: 'Call out through an HttpClient.' },
];
const forgedIdentity = [
  {
    selector: "MemberExpression[object.name='request'][property.name='user']",
    message: 'request.user can be forged; validate the bearer token.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.local/', 'coverage/'] },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', ...forgedIdentity],
    },
  },
  {
    files: ['shared/**/*.ts', 'functions/**/*.ts'],
    ignores: ['shared/runtime/systemRuntime.ts', '**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...ambient, ...forgedIdentity] },
  },
  {
    files: ['shared/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/functions/**', '**/local/**', '**/console/**'],
              message: 'shared/ stands below functions/, local/ and console/.',
            },
          ],
        },
      ],
    },
  },
  { files: ['*.js'], ...tseslint.configs.disableTypeChecked },
);

/** A settings document that says no more than it must, for tests. */
export function minimalDocument(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    environmentId: '22222222-2222-4222-8222-222222222222',
    inventoryVisibility: {
      endpoint: 'https://inventoryservice.example.com',
      credential: { kind: 'managedIdentity' },
    },
    supplyChain: {
      url: 'https://scm.example.com',
      credential: {
        kind: 'clientSecret',
        tenantId: '11111111-1111-4111-8111-111111111111',
        clientId: '33333333-3333-4333-8333-333333333333',
        secretSetting: 'DYNAMICS_CLIENT_SECRET',
      },
      activityId: '44444444-4444-4444-8444-444444444444',
    },
    ...changes,
  };
}

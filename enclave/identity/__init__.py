"""Who a person is: national ids, person keys, the vault, project keys, pseudonyms."""

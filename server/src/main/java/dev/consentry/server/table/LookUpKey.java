package dev.consentry.server.table;

/** What an entry is looked up by. Two name the same entry if their ids are the same bytes. */
sealed interface LookUpKey permits TableKey, AskedKey {}

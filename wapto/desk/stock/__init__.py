"""Taken when an order is confirmed, written to Meta, given back; and what there is too little of."""

module shop {
    exports com.shop;
}
